//! The words and labels themselves, for [`super::lexicon`].

use super::lexicon::{
    CASE, DOT, FILLER, Flags, GIVEN, IS, MONTH, SOMEBODY, STATE, STOP, STREET, STREET_WEAK, Sense,
    TLD,
};

/// Words by property, separated by blanks.
pub(super) const WORDS: &[(Flags, &str)] = &[
    (IS, "as is was are equals reads be being it's"),
    (
        FILLER,
        "number numbers num no nr nbr id code value file the a an my his her their our your its to on of at
        it here currently below follows s primary secondary home work cell mobile listed new old current also
        just recorded provided given entered text string field and type date us usa u full only by info
        confirmed updated registered account holder value valuestring extension personal",
    ),
    (
        GIVEN,
        "james john robert michael david william richard joseph thomas charles christopher daniel matthew
        anthony mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason
        jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel
        gregory alexander patrick frank raymond jack dennis jerry tyler aaron jose adam nathan henry douglas
        zachary peter kyle noah ethan jeremy walter christian keith roger terry austin sean gerald carl
        harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan albert willie
        elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver lucas
        mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra
        margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon
        laura cynthia dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine
        christine debra rachel carolyn janet maria catherine heather diane olivia julie joyce victoria ruth
        virginia lauren kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha
        madison teresa gloria sara janice ann kathryn abigail sophia frances jean alice judy isabella julia
        grace denise amber doris marilyn danielle beverly charlotte natalie theresa diana brittany rose
        kayla alexis lori marie tiffany carlos luis miguel jorge pedro manuel francisco antonio rosa carmen
        mohammed muhammad ahmed ali omar fatima aisha hassan ibrahim wei ming chen li raj priya anita sanjay
        arjun deepak sunita vikram ravi amit hans klaus jurgen fritz heinrich greta ingrid pierre jacques
        marcel sophie claire giulia marco luca giovanni francesca olga ivan dmitri sergei natasha svetlana
        yuki kenji hiroshi akira jane tom tim ben sam dan mike bob jim bill steve dave chris matt nick
        kate meg liz sue beth katie jenny tony harry fred leo max mia chloe zoe lily ella ava amelia
        eleanor edith mildred ethel gladys florence irene agnes hazel esther clara lucille bernice harriet
        elena sofia lucia ana isabel marta pablo diego javier fernando rafael alejandro ricardo eduardo
        angelica gabriela valentina camila mateo nadia layla yusuf khalid karim tariq amina zainab siobhan
        niamh aoife sinead fiona ewan callum rory declan connor owen gareth rhys dylan nigel graham simon
        trevor colin stuart ian neil derek kwame kofi ama chidi ngozi emeka oluwaseun tunde thabo mei ling
        jun hui xin yan jin soo min hyun tran nguyen linh minh anh",
    ),
    (
        STOP,
        "unknown none null string required not the tbd your enter please first last full name field here type
        text varchar char integer int boolean optional from where select values and or anonymous test is was
        object array undefined nil true false redacted removed withheld deleted example sample default admin
        administrator user username column table input output id number date value patient client customer
        this that what how when why who which a an my our his her their its it he she they we you i no yes
        new old todo confidential private public na str bool any some each every all data list map option
        record form section details information info address email phone ssn dob mrn age gender sex with for
        to of in on at by as be are were will would can could should may might must do does did have has had
        foo bar baz placeholder masked hidden blank empty pending missing provided available given
        street city state country hospital clinic center centre inc corp llc ltd company university bank
        department service services team support group studio project product",
    ),
    (
        STREET,
        "street st avenue ave road rd boulevard blvd lane ln highway hwy parkway pkwy terrace ter trail trl
        rue via calle avenida strasse straat weg platz viale rua turnpike tpke crescent expressway cul alley aly",
    ),
    (DOT, "dot punkt point punto"),
    (STREET_WEAK, "way court ct drive dr place pl circle cir square sq loop close row walk path plaza run"),
    (
        TLD,
        "com org net edu gov mil int info biz name pro dev app health care clinic hospital doctor dental bank
        law legal finance online site tech cloud email xyz test example invalid local mail agency academy
        global group solutions consulting company services insure insurance museum coop aero mobi jobs travel
        ai page blog shop store live life world today family gmbh ltd llc london nyc medical pharmacy",
    ),
    (
        MONTH,
        "january february march april may june july august september october november december
        jan feb mar apr jun jul aug sep sept oct nov dec",
    ),
    (
        SOMEBODY,
        "man woman male female patient pt gentleman lady grandmother grandfather grandma grandpa mother father
        mom dad person resident veteran widow widower m f he she i i'm uncle aunt husband wife he's she's nana
        individual client member participant subject senior neighbor neighbour nun priest caucasian white black
        hispanic asian gran mum who nan brother sister",
    ),
    (
        CASE,
        "patient patients pt diagnosed admitted appointment prescribed referred claimant client borrower
        plaintiff defendant discharged discharge chart symptoms clinic hospital hospitalized biopsy surgery
        diagnosis prognosis complained complains presented presents medication dosage mrn dob ssn customer
        applicant petitioner respondent deponent debtor creditor mortgage loan allergic allergies lab labs
        consult consulted tested treated treating chemotherapy radiology follow-up insured policyholder
        beneficiary payee resides statement balance overdue results refund repayment arrears ward physio scan bloods referral policy lender underwriting affidavit counsel residence deposition testified custody settlement",
    ),
    (
        STATE,
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd
        oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr",
    ),
];

/// Labels by what they announce: lower case, one blank between words, separated by commas or lines.
pub(super) const LABELS: &[(Sense, &str)] = &[
    (
        Sense::Ssn,
        "ss,socialsecurityno,ssid number,soc security number,soc sec num,social security nbr,ssn,ssns,ss number,ss no,social security number,social security no,social security num,social security
social security card,social security id,social sec,soc sec,soc sec no,soc sec number,social number,social is
s s n,ssnum,ssn number,socialsecuritynumber,socialsecurity,us ssn,ss#,my social,his social,her social,social insurance security
last four of ssn,patient ssn,numero de seguro social,seguro social,socsec",
    ),
    (Sense::Itin, "itin number,itin no,tax itin,itin,individual taxpayer identification number,individual taxpayer id,i t i n,individual tax id"),
    (
        Sense::Ein,
        "employer id no,fed id no,federal id number,fein number,ein number,ein no,federal tax number,employer number,ein,fein,employer identification number,employer id,employer id number,federal employer identification number,federal ein,e i n,employer tax id",
    ),
    (
        Sense::TaxId,
        "tax id,tax identification number,taxpayer identification number,taxpayer id,taxpayer id number,tin,tax id number,tax identification,taxid,federal tax id,tax payer id,taxpayer identification",
    ),
    (
        Sense::Passport,
        "passport nbr,passport is,reisepassnummer,numero de pasaporte,numero de passeport,passaporto,passport book,ppt no,pp no,passport card number,travel document,travel document no,passport,passport number,passport no,passport num,passport id,passportnumber,travel document number,reisepass,pasaporte,passeport,passport book number",
    ),
    (
        Sense::License,
        "d l,fuhrerschein,fuhrerschein nr,fuhrerscheinnummer,permiso de conducir,licencia de conducir,carnet de conducir,numero de licencia,dl nbr,driving permit,drv lic,drivers lic no,driver s lic,operator s license,operator license number,oln,nurse license,rn license,physician license,state license number,bar number,teaching license,cpa license,driver license,driver license number,drivers license,drivers license number,drivers licence,driver licence,driving license,driving licence
driving licence number,driver lic,drivers lic,license number,licence number,license no,licence no,lic no,dl number,dl no,dln,driverlicense,driverslicense
driverlicensenumber,state id,state id number,operator license,medical license,medical license number,professional license,nursing license
certificate number,license id,licensenumber,permis de conduire,operators license,driver license no,drivers license no,cdl number,real id,dl num,learner permit",
    ),
    (Sense::LicenseWeak, "dl,cdl,license,licence"),
    (Sense::Email, "e mail id,email id,email addr,correo electronico,mail id,electronic mail,gmail,contact email,email,e mail,email address,e mail address,mail,emailaddress,mail address,correo"),
    (
        Sense::Phone,
        "ph,ph no,ph number,ph num,phone nbr,phn,mob,mob no,mobile num,contact num,tel number,telephone no,fax nbr,cell no,phone contact,callback,numero de telefono,numero de telephone,telefonnummer,telefonnr,telefon nr,telephone nr,movil,portable,gsm,rufnummer,handynummer,cellulare,home tel,work tel,emergency phone,alt phone,alternate phone,phone1,guardian phone,patient phone,tty,viber,signal number,whatsapp number,phone,phone number,phone no,phone num,telephone,telephone number,tel,tel no,cell,cell phone,cellphone,cell number,mobile,mobile number
mobile phone,mobile no,fax,fax number,fax no,home phone,work phone,office phone,phonenumber,contact number,contact no,callback number,call back number
whatsapp,emergency contact number,mobilephone,homephone,workphone,faxnumber,telefono,telefon,handy,landline,pager,daytime phone,evening phone,phone home,phone cell
phone mobile,phone work,contact phone,sms,mobilenumber,cellnumber,direct line,telephonenumber",
    ),
    (
        Sense::PhoneWeak,
        "call back at,call back on,call me back at,call him on,call her on,ring her on,ring him on,give me a call at,give me a call on,my cell is,my mobile is,my phone is,text us at,phone her on,texted from,called from,calling from,reachable on,best number is,best number,number to reach,ring,number for,call me at,call me on,call her at,call him at,call them at,reach me at,reach me on,reach her at,reach him at,text me at,text me on,my number is,my number
her number is,his number is,call us at,text,call,contact me at,contact me on,phoned,ring me on,dial,reached at,reachable at,contact at,contact,new number is,phone me at,reach us at,reach them at,number is,text her at,text him at",
    ),
    (
        Sense::Cvv,
        "code on the back,digits on the back,code on back,3 digit code,three digit code,cvv cvc,security number on the back,number on the back,card security number,verification code on the card,cvv,cvc,cvv2,cvc2,cid code,csc,card security code,card verification code,card verification value,card verification number,security code,cvv code,cvv number,cvc code,card code,cvn,verification value,cid,securitycode",
    ),
    (Sense::Iban, "iban nummer,iban nr,iban code,iban account,iban,international bank account number,iban number,iban no"),
    (
        Sense::Account,
        "numero de cuenta,cuenta,numero de compte,kontonr,konto nr,numero conto,conta,account num ber,acc no,acc number,account number ending,a c num,checking account no,savings account no,bank acc,bank acc no,brokerage acct,loan acct,escrow account,account nbr,account number,account no,account num,acct number,acct no,acct num,bank account,bank account number,bank acct,checking account,checking account number
savings account,savings account number,accountnumber,acctnum,acctno,a c no,a c number,account nr,bank account no,brokerage account,brokerage account number,loan number,loan account
loan account number,credit account,account holder number,deposit account,routing and account,kontonummer,account ending,direct deposit account,investment account,trust account
mortgage account,mortgage loan number,bankaccount,bankaccountnumber,dda,checking acct,savings acct,customer account number,financial account,account numbers,retirement account,ira account,loan no,accountno,acct nbr,checking,savings,credit card account,patient account number,patient account,401k account,annuity number,acct",
    ),
    (Sense::AccountWeak, "account,a c"),
    (
        Sense::Routing,
        "routing nbr,routing num ber,aba num,aba nbr,transit no,routing aba,bank routing number,direct deposit routing,fedwire routing,routing transit no,rt number,routing number,routing no,routing num,routing,aba,aba number,aba routing number,rtn,routing transit number,aba routing,routingnumber,aba no,transit number,ach routing,aba rtn,wire routing number,bank routing,routing code,transit routing number",
    ),
    (Sense::SortCode, "sort code,sortcode,bsb,bsb number"),
    (
        Sense::Wallet,
        "wallet id,wallet addr,btc wallet,eth wallet,deposit address,payout address,ledger address,tron address,trx address,cardano address,ada address,xlm address,doge address,crypto account,solana wallet,solana address,monero address,xmr address,bitcoin wallet,wallet,wallet address,bitcoin,bitcoin address,btc,btc address,eth,eth address,ethereum,ethereum address,crypto wallet,crypto address,litecoin,dogecoin,usdt address,monero,solana,xmr,sol address,ltc,ltc address,xrp address,ripple address,crypto",
    ),
    (
        Sense::Mrn,
        "ur number,urn,medcial record number,medical recrod number,medical record nbr,patienten id,patientennummer,patienten nr,numero de historia clinica,historia clinica,numero de dossier,dossier patient,cartella clinica,med record number,med record no,med record,patient code,patient index number,hosp no,hosp number,hn,chart num,case notes number,patient account no,hospital record number,mrn number,mrn no,emrn,patient file,pt id,pt no,pt number,patient uid,patient chart,record no,fin nbr,mrn,mrns,medical record number,medical record no,medical record,medical record num,medical records number,med rec no,med rec number,med rec,patient id,patient number,patient no
patient identifier,chart number,chart no,hospital number,hospital no,patientid,medicalrecordnumber,m r n,mr number,mrno,chart,hospital id,patient record number,medical rec no,patient num,emr number,ehr id,emr id,mr no,patient ref,patient mrn,empi,umrn,medical id,patient id number,clinic number,medicalrecordno,patient record,patientnumber,patient file number,health record number,mrnumber",
    ),
    (
        Sense::Plan,
        "member nbr,subscriber,ins id,ins policy,insurance member id,health plan no,medi cal id,medi cal number,bcbs id,bcbs member id,aetna member id,plan beneficiary number,policy holder id,health ins id,policy num,policy nbr,subscriber num,member num,grp no,grp number,group num,healthcare id,versichertennummer,krankenversichertennummer,numero de poliza,numero de afiliado,cin number,medicaid no,ins policy number,insurance id number,insurance num,tricare id,dod benefits number,champva id,coverage number,member id,member number,member no,subscriber id,subscriber number,policy number,policy no,policy id,health plan id,health plan number,health plan beneficiary number
insurance id,insurance number,insurance policy,insurance policy number,insurance member id,group number,group no,plan id,plan number,medicaid id,medicaid number,medicaid
beneficiary id,beneficiary number,insurance card number,insurance card,memberid,subscriberid,policynumber,health insurance number,health insurance id,payer id,medical insurance number
plan member id,membership id,health plan member id,insured id,insurance no,health card number,insurance policy no,member identification number,policy,member identification,health plan,insurance member number,subscriber no,group id,policyid,insuranceid,insurance plan id,rx bin,rxbin,rx group,rxgrp,enrollee id,cardholder id,membership number,member,subscriber,coverage id,hicn",
    ),
    (
        Sense::Mbi,
        "medicare mbi,medicare bene id,medicare num,hic number,hic no,mbi no,medicare identifier,mbi,medicare number,medicare beneficiary identifier,medicare id,medicare beneficiary id,medicare no,medicare,medicare claim number,mbi number,medicare beneficiary number,medicare card",
    ),
    (Sense::Npi, "npi num,npi id,billing npi,rendering npi,individual npi,npi nbr,npi,national provider identifier,npi number,provider npi,npi no,national provider id,national provider number,n p i,npinumber"),
    (Sense::Dea, "d e a,dea lic,dea license number,dea registrant,dea,dea number,dea no,dea registration,dea registration number,dea license,dea num,dea reg no,deanumber,dea id,dea reg"),
    (
        Sense::Admin,
        "prescription,icn,script number,rx num,claim control no,claim ref,claim reference,eob number,preauth,pre auth,pre authorization,precert,case mgmt number,lab order,order accession,specimen no,csn number,har number,visit account number,financial number,birth certificate,death certificate,study subject id,study subject,claim nbr,auth num,referral no,referral,claim number,claim no,claim id,claim,authorization number,auth number,prior authorization,prior authorization number,prior auth,prior auth number,encounter number,encounter id,encounter
accession number,accession no,accession,specimen id,specimen number,specimen,visit number,visit id,prescription number,rx number,rx no,rx,referral number,pre certification number,precert number
admission number,admission id,episode number,case id,claimnumber,encounterid,lab order number,requisition number,sample id,lab number,csn,contact serial number,preauthorization number,referral id,lab id,pathology number,claim control number,encounter no,prescription id,prescription no,visit no,authorization no,auth no,auth code,study id,clinical trial id,subject id,accession id,accessionnumber,prior auth no,preauth number,lab accession,death certificate number,birth certificate number,trial subject,explanation of benefits number",
    ),
    (
        Sense::Dob,
        "ne le,nee le,geb am,geboren am,geboren,nato il,nata il,date of brith,date of bith,birth dt,nacido el,nacida el,fecha nacimiento,fecha nac,data de nascimento,nascimento,geboortedatum,birthdate is,naissance,date naissance,dateofbith,b date,dateof birth,date ofbirth,birth date time,dob,dobs,date of birth,birth date,birthdate,birthday,d o b,dateofbirth,birthdt,day of birth,born on,bday,fecha de nacimiento,geburtsdatum,date de naissance,birth,geb,bdate,nacimiento,data di nascita,birth day,b day,patient dob",
    ),
    (Sense::Born, "born,was born,dob is"),
    (
        Sense::Care,
        "d c date,adm date,admit dt,d c on,date of d c,disch date,dc date,deceased on,date of hospitalization,hospitalized on,discharge dt,admission dt,date discharged,date of consult,consult date,date of operation,op date,operation date,datum der aufnahme,aufnahmedatum,entlassungsdatum,fecha de ingreso,fecha de alta,date d admission,was admitted on,was discharged on,admitted from,last seen,last visit,appt date,appointment on,procedure on,surgery scheduled for,transplant date,implant date,date of implant,date of transfer,transfer date,date of birth of child,delivery date,date of delivery,admission date,date of admission,admit date,admitted,admitted on,date admitted,discharge date,date of discharge,discharged,discharged on,date of death,death date,deceased date,date of service
service date,dos,date of surgery,surgery date,date of procedure,procedure date,date deceased,dod,dateofservice,admissiondate,dischargedate,dateofdeath,visit date,date of visit,date of visit,encounter date
appointment date,date of appointment,died on,passed away on,date of injury,injury date,date of accident,collection date,date of collection,specimen collected,date collected,specimen collection date,date of encounter,date of exam,exam date,date of treatment,treatment date,admitted to hospital on,date of diagnosis,diagnosis date,diagnosed on,lmp,edd,servicedate,service dates,dates of service,service from,date of onset,onset date,immunization date,vaccination date,date of vaccination,procedure performed on,surgery on,seen on,follow up date",
    ),
    (Sense::Age, "age years,age in years,age yrs,current age,alter,edad,age at death,ageyears,age y,age,aged,patient age,pt age"),
    (
        Sense::Name,
        "family value,given value,patientenname,reporting party,name des patienten,nom complet,patient is,patient nm,pt name,subject name,spouse is,mothers maiden name,mother s maiden name,decedent name,buyer,seller,grantor,grantee,lessee,lessor,tenant name,landlord,donor name,recipient name,account owner,primary insured,employee full name,student name,resident name,teacher name,parent name,parent guardian,mother s name,father s name,case manager,next of kin name,doctor is,physician,surgeon,provider,nombre del paciente,nombre paciente,name of the patient,name of the client,name of the minor,beneficiary full name,user full name,displayname,display name,customer full name,billing name,ship to,bill to,attn,attention,legal guardian,executor,trustee,trustee name,notary,affiant,co applicant,patient name,name of patient,full name,first name,last name,middle name,given name,family name,surname,client name,customer name,member name,subscriber name,insured name,guarantor name,maiden name
patient full name,legal name,name of insured,cardholder name,card holder name,account holder,account holder name,name on card,name on account,emergency contact,emergency contact name,next of kin,mother name,father name,spouse name,spouse
guardian name,guardian,provider name,physician name,attending physician,referring physician,doctor name,patientname,firstname,lastname,fullname,beneficiary name,employee name,applicant name,borrower name,co borrower,debtor name
defendant name,plaintiff name,witness name,victim name,minor name,name of minor,child name,my name is,my full name is,name is,contact name,contact person,mother maiden name,patient s name,name of client,surname and name,holder name,member full name,cardholder,nombre,apellido,nombre completo,vorname,nachname,nom du patient,nom de famille,prenom,cognome,claimant name,insured,policyholder,policy holder,policyholder name,attending,pcp,primary care physician,ordering physician,ordering provider,subscriber,patients name,accountholder,account name,payee name,taxpayer name,caregiver,caregiver name,responsible party,guarantor,referred by,dictated by,signed by,seen by,his name is,her name is,their name is,i am called,known as",
    ),
    (Sense::NameWeak, "name,names,nm,nome,nom"),
    (
        Sense::Role,
        "patient,plaintiff,defendant,claimant,borrower,client,applicant,insured,petitioner,respondent,deponent,pt,debtor,witness,minor,victim,decedent,customer,cardholder,beneficiary,employee,co defendant,co borrower,guarantor,tenant,testator,i am,resident,veteran,my patient,my client,our patient,our client,our customer",
    ),
    (Sense::Title, "mr,mrs,ms,miss,dr,prof,professor,doctor,mx,sra,sr,herr,frau,mme,rev,reverend,hon,judge,sgt,capt,nurse"),
    (
        Sense::Address,
        "adresse,anschrift,direccion,indirizzo,domicilio,wohnhaft in,wohnhaft,endereco,residing in,resides in,mail to,residential addr,addr line 1,addressline1,street1,ship to address,home add,my address,service address,living address,lived on,lives on,live on,living on,resides on,mailing addr,address line 1,adres,home is,house at,located on,address of,address,street address,home address,mailing address,lives at,live at,living at,resides at,residing at,residence,billing address,shipping address,street,address line,addr,postal address,residential address,reside at,home addr,streetaddress,homeaddress,address1,addressline,permanent address,current address,patient address,my address is,property address,moved to,located at,lived at",
    ),
    (Sense::Zip, "zip plus four,zip 4,codigo postal,code postal,postleitzahl,zip postal,zip code is,cap code,zip,zip code,zipcode,postal code,postcode,post code,postalcode,zip postal code,plz"),
    (
        Sense::Vin,
        "vin nbr,vehicle identification no,vehicle id no,fahrgestellnummer,fin nummer,numero de chasis,chassis no,chassis,vin is,vehicle vin,car vin,vin,vehicle identification number,vin number,vin no,vehicle id number,chassis number,vehicle id,v i n,vehicle identification,vin num,frame number,vinnumber",
    ),
    (
        Sense::Plate,
        "kennzeichen,matricula,plaque,plaque d immatriculation,immatriculation,targa,rego,car reg,vehicle plates,plate is,vehicle reg,nummernschild,car tag,tag no,license plates,car plates,registered plate,license plate,license plate number,licence plate,number plate,plate number,plate no,plate,tag number,vehicle registration,registration plate,registration number,vehicle tag,plates,licenseplate,reg number,vehicle plate,car plate,vehicle license plate,lic plate,reg plate,plate num,vehicle registration number,license tag,car registration,vrm,vrn",
    ),
    (
        Sense::Device,
        "mac id number,device uid,device uuid,serial nbr,serialno,device ser no,implant sn,lead serial,generator serial,watch serial,hearing aid serial,ventilator serial,cpap serial,device imei number,ad id,pump sn,serial number,serial no,device id,device identifier,imei,meid,udid,imsi,device serial,device serial number,s n,iccid,android id,idfa,gaid,advertising id,implant serial,implant serial number,pacemaker serial,pacemaker serial number,deviceid,serialnumber,imei number,unique device identifier,udi,device number,pump serial number,implant id,serial num,serial,insulin pump serial,hardware id,device serial no,imeisv,device imei,lot number,device sn,esn,pump serial,pacemaker,defibrillator serial,cgm serial,glucometer serial,sn",
    ),
    (Sense::Ip, "x forwarded for,forwarded for,x real ip,remote host,client addr,clientaddr,client address,peer addr,connecting ip,cf connecting ip,src ip,srcip,src,dst ip,host ip,device ip,true client ip,login from,logged in from ip,ip,ip address,ipv4,ipv6,ip addr,client ip,remote addr,source ip,ipaddress,user ip,clientip,login ip,ip v4,last login ip,remote ip,ipv6 address,ipv4 address,ip addresses,patient ip,logged in from"),
    (Sense::Mac, "mac id,wifi mac,bluetooth mac,bt addr,bd addr,bssid,hwaddr,ether,lladdr,ethernet mac,mac,mac address,hardware address,mac addr,macaddress,ethernet address,wifi address,bluetooth address"),
    (Sense::Nhs, "nhs nbr,nhs identifier,nhs patient number,nhs,nhs number,nhs no,national health service number,nhs num,nhsnumber,nhs id"),
    (Sense::Nino, "nat ins number,nat insurance number,ni num,ni,national ins no,national ins number,nino,national insurance number,national insurance,ni number,ni no,national insurance no,nat ins no,nationalinsurancenumber"),
    (
        Sense::National,
        "id nr,personalausweis,ausweisnummer,personalausweisnummer,numero de identificacion,numero de identidad,documento de identidad,numero fiscal,numero de securite social,numero ss,securite sociale,steuer idnr,idnr,aadhaar no,aadhar no,aadhar card,tax file no,abn,ird number,ird no,medicare card no,health number,sin no,national id card,carte d identite,carta d identita,clave unica,nss,cuil,cuit,nino de identidad,identification number,identification no,nhi,nhi number,chi number,chi no,gov id,government id,government id number,uin,permanent resident card,visa number,sin,social insurance number,sin number,social insurance no,tfn,tax file number,aadhaar,aadhaar number,aadhar,aadhar number,aadhaar card,uidai,national id,national id number,national identity number,national identification number
cpf,cnpj,dni,nie,nif,cif,codice fiscale,numero de securite sociale,nir,insee,steuer id,steuernummer,steueridentifikationsnummer,identifikationsnummer,pesel,pps number,ppsn,pps no,personnummer,bsn,burgerservicenummer,curp,rfc,rut,nric,fin number nric,hkid,resident registration number,rrn,my number card
medicare card number,ihi,voter id,voter id number,pan number,pan card,pan card number,permanent account number,id card number,identity card number,identity number,citizen id,nationalid,sosialnummer,cedula,alien registration number,a number,uscis number,green card number,alien number,green card,military id,military id number,student id,student id number,employee id,employee id number,employee number,student number,badge number,health card,ohip,ohip number,ahv,ahv number,cpr number,fodselsnummer,henkilotunnus,emirates id,iqama,tckn,personal number,personal id,inmate number,docket id,sozialversicherungsnummer,svnr,employee no,sa id number,sa id,id number",
    ),
    (
        Sense::Other,
        "license key,product key,activation key,order,order number,order id,order no,invoice,invoice number,ticket,ticket number,tracking,tracking number,sku,part,part number,part no,model,model number,version,build,build number,isbn,issn,doi,commit,issue,pr,bug,article
confirmation number,confirmation,reference number,reference,ref,case number,docket number,docket,purchase order,po number,transaction id,transaction,session id,request id,trace id,product code,product,item,item number,catalog,catalog number,upc,ean,asin,rfc number,port,error,error code,status,line,lines,page,chapter,figure,section,bytes,size,pid number,process,aws account,account id,timestamp,epoch,hash,checksum,uuid,guid,id,booking,booking number,flight,room,extension,score,population,lot,batch,batch number,test case,serial port,release,patent,patent number,statute,nct,cve,pmid,bill,receipt,receipt number,coupon,promo code,zip file,claim that,claim to",
    ),
];
