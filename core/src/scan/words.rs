//! The words and labels themselves, for [`super::lexicon`].

use super::sense::{
    CASE, DOT, FILLER, Flags, GIVEN, IS, MONTH, NUMBER, PARTICLE, SOMEBODY, SPAN, STATE, STOP,
    STREET, STREET_WEAK, Sense, TLD, UNIT,
};

/// Words by property, separated by blanks.
pub(super) const WORDS: &[(Flags, &str)] = &[
    (
        IS,
        "as is was are equals reads be being",
    ),
    (
        FILLER,
        "number numbers num no nr nbr id code value file the a an my his her their our your its to on of at it
        here currently below follows s primary secondary home work cell mobile listed new old current also just
        recorded provided given entered text string field and type date us usa u full only by info confirmed
        updated registered account holder valuestring extension personal",
    ),
    (
        GIVEN,
        "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony
        mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey
        ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory
        alexander patrick frank raymond jack dennis jerry tyler aaron jose adam nathan henry douglas zachary
        peter kyle noah ethan jeremy walter christian keith roger terry austin sean gerald carl harold dylan
        arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan albert willie elijah wayne
        randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver lucas mary patricia
        jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley
        kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia
        dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine debra
        rachel carolyn janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren
        kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha madison teresa gloria
        sara janice ann kathryn abigail sophia frances jean alice judy isabella julia grace denise amber doris
        marilyn danielle beverly charlotte natalie theresa diana brittany rose kayla alexis lori marie tiffany
        carlos luis miguel jorge pedro manuel francisco antonio rosa carmen mohammed muhammad ahmed ali omar
        fatima aisha hassan ibrahim wei ming chen li raj priya anita sanjay arjun deepak sunita vikram ravi amit
        hans klaus jurgen fritz heinrich greta ingrid pierre jacques marcel sophie claire giulia marco luca
        giovanni francesca olga ivan dmitri sergei natasha svetlana yuki kenji hiroshi akira jane tom tim ben
        sam dan mike bob jim bill steve dave chris matt nick kate meg liz sue beth katie jenny tony harry fred
        leo max mia chloe zoe lily ella ava amelia eleanor edith mildred ethel gladys florence irene agnes hazel
        esther clara lucille bernice harriet elena sofia lucia ana isabel marta pablo diego javier fernando
        rafael alejandro ricardo eduardo angelica gabriela valentina camila mateo nadia layla yusuf khalid karim
        tariq amina zainab siobhan niamh aoife sinead fiona ewan callum rory declan connor owen gareth rhys
        nigel graham simon trevor colin stuart ian neil derek kwame kofi ama chidi ngozi emeka oluwaseun tunde
        thabo mei ling jun hui xin yan jin soo min hyun tran nguyen linh minh anh",
    ),
    (
        STOP,
        "unknown none null string required not the tbd your enter please first last full name field here type
        text varchar char integer int boolean optional from where select values and or anonymous test is was
        object array undefined nil true false redacted removed withheld deleted example sample default admin
        administrator user username column table input output id number date value patient client customer this
        that what how when why who which a an my our his her their its it he she they we you i no yes new old
        todo confidential private public na str bool any some each every all data list map option record form
        section details information info address email phone ssn dob mrn age gender sex with for to of in on at
        by as be are were will would can could should may might must do does did have has had foo bar baz
        placeholder masked hidden blank empty pending missing provided available given street city state country
        hospital clinic center centre inc corp llc ltd company university bank department service services team
        support group studio project product",
    ),
    (
        STREET,
        "street st avenue ave road rd boulevard blvd lane ln highway hwy parkway pkwy terrace ter trail trl rue
        via calle avenida strasse straat weg platz viale rua turnpike tpke crescent expressway cul alley aly",
    ),
    (
        DOT,
        "dot punkt point punto",
    ),
    (
        STREET_WEAK,
        "way court ct drive dr place pl circle cir square sq loop close row walk path plaza run",
    ),
    (
        TLD,
        "com org net edu gov mil int info biz name pro dev app health care clinic hospital doctor dental bank law
        legal finance online site tech cloud email xyz test example invalid local mail agency academy global
        group solutions consulting company services insure insurance museum coop aero mobi jobs travel ai page
        blog shop store live life world today family gmbh ltd llc london nyc medical pharmacy",
    ),
    (
        MONTH,
        "january february march april may june july august september october november december jan feb mar apr
        jun jul aug sep sept oct nov dec",
    ),
    (
        SOMEBODY,
        "man woman male female patient pt gentleman lady grandmother grandfather grandma grandpa mother father
        mom dad person resident veteran widow widower m f he she i uncle aunt husband wife nana individual
        client member participant subject senior neighbor neighbour nun priest caucasian white black hispanic
        asian gran mum who nan brother sister",
    ),
    (
        CASE,
        "patient patients pt diagnosed admitted appointment prescribed referred claimant client borrower
        plaintiff defendant discharged discharge chart symptoms clinic hospital hospitalized biopsy surgery
        diagnosis prognosis complained complains presented presents medication dosage mrn dob ssn customer
        applicant petitioner respondent deponent debtor creditor mortgage loan allergic allergies lab labs
        consult consulted tested treated treating chemotherapy radiology insured policyholder beneficiary payee
        resides statement balance overdue results refund repayment arrears ward physio scan bloods referral
        policy lender underwriting affidavit counsel residence deposition testified custody settlement",
    ),
    (
        STATE,
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh
        ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr",
    ),
    (NUMBER, "number numbers num no nr nbr id code"),
    (PARTICLE, "van de von der la bin al el da dos del"),
    (
        UNIT,
        "apt suite ste unit apartment floor nw ne sw se n s e w north south east west fl rm",
    ),
    (SPAN, "and or days months weeks hours minutes to percent seconds day month ms mins"),
];

/// Labels by what they announce: lower case, one blank between words, separated by commas or lines.
pub(super) const LABELS: &[(Sense, &str)] = &[
    (
        Sense::Ssn,
        "her social,his social,last four of ssn,my social,numero de seguro social,patient ssn,s s n,seguro social
        social,soc sec,soc security number,social insurance security,social is,social number,social sec,social security
        social security card,socialsecurity,socialsecurityno,socialsecuritynumber,socsec,ss,ssid number,ssn,ssns
        ssnum,us ssn",
    ),
    (
        Sense::Itin,
        "i t i n,individual tax id,individual taxpayer id,individual taxpayer identification number,itin,tax itin",
    ),
    (
        Sense::Ein,
        "e i n,ein,employer id,employer identification number,employer number,employer tax id,fed id no
        federal ein,federal employer identification number,federal id number,federal tax number,fein",
    ),
    (
        Sense::TaxId,
        "federal tax id,tax id,tax identification,tax payer id,taxid,taxpayer id,taxpayer identification,tin",
    ),
    (
        Sense::Passport,
        "numero de pasaporte,numero de passeport,pasaporte,passaporto,passeport,passport,passport book
        passport card number,passportnumber,pp no,ppt no,reisepass,reisepassnummer,travel document",
    ),
    (
        Sense::License,
        "bar number,carnet de conducir,cdl number,certificate number,cpa license,d l,dl nbr,dl no,dl num
        dl number,dln,driver lic,driver licence,driver license,driver s lic,driverlicense,driverlicensenumber
        drivers lic,drivers licence,drivers license,driverslicense,driving licence,driving license
        driving permit,drv lic,fuhrerschein,fuhrerscheinnummer,learner permit,lic no,licence no,licence number
        licencia de conducir,license id,license no,license number,licensenumber,medical license
        numero de licencia,nurse license,nursing license,oln,operator license,operator s license
        operators license,permis de conduire,permiso de conducir,physician license,professional license,real id
        rn license,state id,state license number,teaching license",
    ),
    (
        Sense::LicenseWeak,
        "cdl,dl,licence,license",
    ),
    (
        Sense::Email,
        "contact email,correo,correo electronico,e mail,e mail address,e mail id,electronic mail,email,email addr
        email address,email id,emailaddress,gmail,mail,mail address,mail id",
    ),
    (
        Sense::Phone,
        "alt phone,alternate phone,call back number,callback,cell,cell phone,cellnumber,cellphone,cellulare
        contact no,contact num,contact number,contact phone,daytime phone,direct line,emergency contact number
        emergency phone,evening phone,fax,faxnumber,gsm,guardian phone,handy,handynummer,home phone,home tel
        homephone,landline,mob,mobile,mobile phone,mobilenumber,mobilephone,movil,numero de telefono
        numero de telephone,office phone,pager,patient phone,ph,phn,phone,phone cell,phone contact,phone home
        phone mobile,phone work,phonenumber,portable,rufnummer,signal number,sms,tel,telefon,telefonnr
        telefonnummer,telefono,telephone,telephonenumber,tty,viber,whatsapp,work phone,work tel,workphone",
    ),
    (
        Sense::PhoneWeak,
        "best number,call,call back at,call back on,call her at,call her on,call him at,call him on,call me at
        call me back at,call me on,call them at,call us at,called from,calling from,contact,contact at
        contact me at,contact me on,dial,give me a call at,give me a call on,her number is,his number is
        my cell is,my mobile is,my number,my phone is,new number is,number for,number is,number to reach
        phone her on,phone me at,phoned,reach her at,reach him at,reach me at,reach me on,reach them at
        reach us at,reachable at,reachable on,reached at,ring,ring her on,ring him on,ring me on,text
        text her at,text him at,text me at,text me on,text us at,texted from",
    ),
    (
        Sense::Cvv,
        "card code,card security code,card security number,card verification code,card verification number
        card verification value,cid,code on back,code on the back,csc,cvc,cvn,cvv,cvv cvc,digits on the back
        number on the back,security code,security number on the back,securitycode,three digit code
        verification code on the card,verification value",
    ),
    (
        Sense::Iban,
        "iban,iban account,iban nummer,international bank account number",
    ),
    (
        Sense::Account,
        "a c no,a c num,a c number,acc no,acc number,account ending,account holder number,account nbr,account no
        account nr,account num,account num ber,account number,account number ending,account numbers,accountno
        accountnumber,acct,acctno,acctnum,annuity number,bank acc,bank account,bank acct,bankaccount
        bankaccountnumber,brokerage account,brokerage acct,checking,checking account,checking acct,conta
        credit account,credit card account,cuenta,customer account number,dda,deposit account
        direct deposit account,escrow account,financial account,investment account,ira account,konto nr,kontonr
        kontonummer,loan account,loan acct,loan no,loan number,mortgage account,mortgage loan number
        numero conto,numero de compte,numero de cuenta,patient account,retirement account,routing and account
        savings,savings account,savings acct,trust account",
    ),
    (
        Sense::AccountWeak,
        "a c,account",
    ),
    (
        Sense::Routing,
        "aba,aba routing,aba rtn,ach routing,bank routing,direct deposit routing,fedwire routing,routing
        routing aba,routing num ber,routing transit no,routing transit number,routingnumber,rt number,rtn
        transit no,transit number,transit routing number,wire routing number",
    ),
    (
        Sense::SortCode,
        "bsb,sort code,sortcode",
    ),
    (
        Sense::Wallet,
        "ada address,bitcoin,bitcoin address,bitcoin wallet,btc,btc address,btc wallet,cardano address,crypto
        crypto account,crypto address,crypto wallet,deposit address,doge address,dogecoin,eth,eth address
        eth wallet,ethereum,ethereum address,ledger address,litecoin,ltc,ltc address,monero,monero address
        payout address,ripple address,sol address,solana,solana address,solana wallet,tron address,trx address
        usdt address,wallet,wallet addr,wallet address,xlm address,xmr,xmr address,xrp address",
    ),
    (
        Sense::Mrn,
        "cartella clinica,case notes number,chart,clinic number,dossier patient,ehr id,empi,emr id,emr number
        emrn,fin nbr,health record number,historia clinica,hn,hosp no,hosp number,hospital id,hospital no
        hospital number,hospital record number,m r n,med rec,med record,medcial record number,medical id
        medical rec no,medical record,medical records number,medical recrod number,medicalrecordno
        medicalrecordnumber,mr no,mr number,mrn,mrno,mrns,mrnumber,numero de dossier,numero de historia clinica
        patient account no,patient chart,patient code,patient file,patient id,patient identifier
        patient index number,patient mrn,patient no,patient num,patient number,patient record,patient ref
        patient uid,patienten id,patienten nr,patientennummer,patientid,patientnumber,pt id,pt no,pt number
        record no,umrn,ur number,urn",
    ),
    (
        Sense::Plan,
        "aetna member id,bcbs id,bcbs member id,beneficiary id,beneficiary number,cardholder id,champva id
        cin number,coverage id,coverage number,dod benefits number,enrollee id,group id,group no,group num
        group number,grp no,grp number,health card number,health ins id,health insurance id
        health insurance number,health plan,health plan beneficiary number,health plan member id,healthcare id
        hicn,ins id,ins policy,insurance card,insurance id,insurance member id,insurance member number
        insurance no,insurance num,insurance number,insurance plan id,insurance policy,insuranceid,insured id
        krankenversichertennummer,medi cal id,medi cal number,medicaid,medical insurance number,member
        member identification,memberid,membership id,membership number,numero de afiliado,numero de poliza
        payer id,plan beneficiary number,plan id,plan member id,plan number,policy,policy holder id,policyid
        policynumber,rx bin,rx group,rxbin,rxgrp,subscriber,subscriberid,tricare id,versichertennummer",
    ),
    (
        Sense::Mbi,
        "hic no,hic number,mbi,medicare,medicare bene id,medicare beneficiary id,medicare beneficiary identifier
        medicare beneficiary number,medicare card,medicare claim number,medicare identifier,medicare mbi",
    ),
    (
        Sense::Npi,
        "billing npi,individual npi,n p i,national provider id,national provider identifier
        national provider number,npi,npinumber,provider npi,rendering npi",
    ),
    (
        Sense::Dea,
        "d e a,dea,dea lic,dea license,dea reg,dea registrant,dea registration,deanumber",
    ),
    (
        Sense::Admin,
        "accession,accessionnumber,admission id,admission number,auth code,auth no,auth num,auth number
        authorization no,authorization number,birth certificate,case id,case mgmt number,claim,claim control no
        claim control number,claim ref,claim reference,claimnumber,clinical trial id,contact serial number,csn
        death certificate,encounter,encounterid,eob number,episode number,explanation of benefits number
        financial number,har number,icn,lab accession,lab id,lab number,lab order,order accession
        pathology number,pre auth,pre authorization,pre certification number,preauth,preauthorization number
        precert,prescription,prior auth,prior authorization,referral,requisition number,rx,sample id
        script number,specimen,study id,study subject,subject id,trial subject,visit account number,visit id
        visit no,visit number",
    ),
    (
        Sense::Dob,
        "b date,b day,bdate,bday,birth,birth date,birth date time,birth day,birth dt,birthdate,birthdate is
        birthday,birthdt,born on,d o b,data de nascimento,data di nascita,date de naissance,date naissance
        date of birth,date of bith,date of brith,date ofbirth,dateof birth,dateofbirth,dateofbith,day of birth
        dob,dobs,fecha de nacimiento,fecha nac,fecha nacimiento,geb,geb am,geboortedatum,geboren,geboren am
        geburtsdatum,nacida el,nacido el,nacimiento,naissance,nascimento,nata il,nato il,ne le,nee le
        patient dob",
    ),
    (
        Sense::Born,
        "born,dob is,was born",
    ),
    (
        Sense::Care,
        "adm date,admission date,admission dt,admissiondate,admit date,admit dt,admitted,admitted from
        admitted on,admitted to hospital on,appointment date,appointment on,appt date,aufnahmedatum
        collection date,consult date,d c date,d c on,date admitted,date collected,date d admission,date deceased
        date discharged,date of accident,date of admission,date of appointment,date of birth of child
        date of collection,date of consult,date of d c,date of death,date of delivery,date of diagnosis
        date of discharge,date of encounter,date of exam,date of hospitalization,date of implant,date of injury
        date of onset,date of operation,date of procedure,date of service,date of surgery,date of transfer
        date of treatment,date of vaccination,date of visit,dateofdeath,dateofservice,dates of service
        datum der aufnahme,dc date,death date,deceased date,deceased on,delivery date,diagnosed on
        diagnosis date,died on,disch date,discharge date,discharge dt,discharged,discharged on,dischargedate,dod
        dos,edd,encounter date,entlassungsdatum,exam date,fecha de alta,fecha de ingreso,follow up date
        hospitalized on,immunization date,implant date,injury date,last seen,last visit,lmp,onset date,op date
        operation date,passed away on,procedure date,procedure on,procedure performed on,seen on,service date
        service dates,service from,servicedate,specimen collected,specimen collection date,surgery date
        surgery on,surgery scheduled for,transfer date,transplant date,treatment date,vaccination date
        visit date,was admitted on,was discharged on",
    ),
    (
        Sense::Age,
        "age,age at death,age in years,age y,age years,age yrs,aged,ageyears,alter,current age,edad,patient age
        pt age",
    ),
    (
        Sense::Name,
        "account holder,account holder name,account name,account owner,accountholder,affiant,apellido
        applicant name,attending,attending physician,attention,attn,beneficiary full name,beneficiary name
        bill to,billing name,borrower name,buyer,card holder name,cardholder,cardholder name,caregiver
        caregiver name,case manager,child name,claimant name,client name,co applicant,co borrower,cognome
        contact name,contact person,customer full name,customer name,debtor name,decedent name,defendant name
        dictated by,display name,displayname,doctor is,doctor name,donor name,emergency contact
        emergency contact name,employee full name,employee name,executor,family name,family value,father name
        father s name,first name,firstname,full name,fullname,given name,given value,grantee,grantor,guarantor
        guarantor name,guardian,guardian name,her name is,his name is,holder name,i am called,insured
        insured name,known as,landlord,last name,lastname,legal guardian,legal name,lessee,lessor,maiden name
        member full name,member name,middle name,minor name,mother maiden name,mother name,mother s maiden name
        mother s name,mothers maiden name,my full name is,my name is,nachname,name des patienten,name is
        name of client,name of insured,name of minor,name of patient,name of the client,name of the minor
        name of the patient,name on account,name on card,name on ticket,passenger name,traveler name,traveller name,guest name,next of kin,next of kin name,nom complet,nom de famille
        nom du patient,nombre,nombre completo,nombre del paciente,nombre paciente,notary,ordering physician
        ordering provider,parent guardian,parent name,patient full name,patient is,patient name,patient nm
        patient s name,patientenname,patientname,patients name,payee name,pcp,physician,physician name
        plaintiff name,policy holder,policyholder,policyholder name,prenom,primary care physician
        primary insured,provider,provider name,pt name,recipient name,referred by,referring physician
        reporting party,resident name,responsible party,seen by,seller,ship to,signed by,spouse,spouse is
        spouse name,student name,subject name,subscriber name,surgeon,surname,surname and name,taxpayer name
        teacher name,tenant name,their name is,trustee,trustee name,user full name,victim name,vorname
        witness name",
    ),
    (
        Sense::NameWeak,
        "name,names,nm,nom,nome",
    ),
    (
        Sense::Role,
        "applicant,beneficiary,borrower,claimant,client,co defendant,customer,debtor,decedent,defendant,deponent
        employee,i am,minor,my client,my patient,our client,our customer,our patient,patient,petitioner
        plaintiff,pt,resident,respondent,tenant,testator,veteran,victim,witness",
    ),
    (
        Sense::Title,
        "capt,doctor,dr,frau,herr,hon,judge,miss,mme,mr,mrs,ms,mx,nurse,prof,professor,rev,reverend,sgt,sr,sra",
    ),
    (
        Sense::Address,
        "addr,address,address line,address of,addressline,adres,adresse,anschrift,billing address,current address
        direccion,domicilio,endereco,home add,home addr,home address,home is,homeaddress,house at,indirizzo
        live at,live on,lived at,lived on,lives at,lives on,living address,living at,living on,located at
        located on,mail to,mailing addr,mailing address,moved to,my address,my address is,patient address
        permanent address,postal address,property address,reside at,residence,residential addr
        residential address,resides at,resides in,resides on,residing at,residing in,service address
        ship to address,shipping address,street,street address,streetaddress,wohnhaft,wohnhaft in",
    ),
    (
        Sense::Zip,
        "cap code,code postal,codigo postal,plz,post code,postal code,postalcode,postcode,postleitzahl,zip
        zip plus four,zip postal,zipcode",
    ),
    (
        Sense::Vin,
        "car vin,chassis,fahrgestellnummer,fin nummer,frame number,numero de chasis,v i n,vehicle id
        vehicle identification,vehicle vin,vin,vinnumber",
    ),
    (
        Sense::Plate,
        "car plate,car plates,car reg,car registration,car tag,immatriculation,kennzeichen,lic plate
        licence plate,license plate,license plates,license tag,licenseplate,matricula,number plate,nummernschild
        plaque,plaque d immatriculation,plate,plates,reg number,reg plate,registered plate,registration number
        registration plate,rego,tag no,tag number,targa,vehicle license plate,vehicle plate,vehicle plates
        vehicle reg,vehicle registration,vehicle tag,vrm,vrn",
    ),
    (
        Sense::Device,
        "ad id,advertising id,android id,cgm serial,cpap serial,defibrillator serial,device id,device identifier
        device imei,device number,device ser no,device serial,device sn,device uid,device uuid,deviceid,esn,gaid
        generator serial,glucometer serial,hardware id,hearing aid serial,iccid,idfa,imei,imeisv,implant id
        implant serial,implant sn,imsi,insulin pump serial,lead serial,lot number,mac id number,meid,pacemaker
        pacemaker serial,pump serial,pump sn,s n,serial,serialno,serialnumber,sn,udi,udid
        unique device identifier,ventilator serial,watch serial",
    ),
    (
        Sense::Ip,
        "cf connecting ip,client addr,client address,client ip,clientaddr,clientip,connecting ip,device ip,dst ip
        forwarded for,host ip,ip,ip addr,ip address,ip addresses,ipaddress,last login ip,logged in from
        logged in from ip,login from,login ip,patient ip,peer addr,remote addr,remote host,remote ip,source ip
        src,src ip,srcip,true client ip,user ip,x forwarded for,x real ip",
    ),
    (
        Sense::Mac,
        "bd addr,bluetooth address,bluetooth mac,bssid,bt addr,ether,ethernet address,ethernet mac
        hardware address,hw addr,hw address,hwaddr,lladdr,mac,mac addr,mac address,macaddress,wifi address,wifi mac",
    ),
    (
        Sense::Nhs,
        "national health service number,nhs,nhs identifier,nhs patient number,nhsnumber",
    ),
    (
        Sense::Nino,
        "nat ins no,nat ins number,nat insurance number,national ins no,national ins number,national insurance
        nationalinsurancenumber,ni,nino",
    ),
    (
        Sense::National,
        "a number,aadhaar,aadhaar card,aadhar,aadhar card,abn,ahv,alien number,alien registration number
        ausweisnummer,badge number,bsn,burgerservicenummer,carta d identita,carte d identite,cedula,chi no
        chi number,cif,citizen id,clave unica,cnpj,codice fiscale,cpf,cpr number,cuil,cuit,curp,dni,docket id
        documento de identidad,emirates id,employee id,employee no,employee number,fin number nric,fodselsnummer
        gov id,government id,green card,health card,health number,henkilotunnus,hkid,id card number,id nr
        id number,identification no,identification number,identifikationsnummer,identity card number
        identity number,idnr,ihi,inmate number,insee,iqama,ird no,ird number,medicare card no
        medicare card number,military id,my number card,national id,national id card
        national identification number,national identity number,nationalid,nhi,nie,nif,nino de identidad,nir
        nric,nss,numero de identidad,numero de identificacion,numero de securite social
        numero de securite sociale,numero fiscal,numero ss,ohip,pan card,pan number,permanent account number
        permanent resident card,personal id,personal number,personalausweis,personalausweisnummer,personnummer
        pesel,pps no,pps number,ppsn,resident registration number,rfc,rrn,rut,sa id,securite sociale,sin
        social insurance no,social insurance number,sosialnummer,sozialversicherungsnummer,steuer id,steuer idnr
        steueridentifikationsnummer,steuernummer,student id,student number,svnr,tax file no,tax file number,tckn
        tfn,uidai,uin,uscis number,visa number,voter id",
    ),
    (
        Sense::Other,
        "account id,activation key,article,asin,aws account,batch,bill,booking,bug,build,bytes,case number
        catalog,chapter,checksum,claim that,claim to,commit,confirmation,coupon,cve,docket,doi,ean,epoch,error
        extension,figure,flight,guid,hash,id,invoice,isbn,issn,issue,item,license key,line,lines,lot,model,nct
        order,page,part,patent,pid number,pmid,po number,population,port,pr,process,product,product key
        promo code,purchase order,receipt,ref,reference,release,request id,rfc number,room,score,section
        serial port,session id,size,sku,status,statute,test case,ticket,timestamp,trace id,tracking,transaction
        upc,uuid,version,zip file",
    ),
];
