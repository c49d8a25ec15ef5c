//! The labels themselves, for [`super::lexicon`].

use super::sense::Sense;

/// Labels by what they announce: lower case, one blank between words, separated by commas or lines.
pub(super) const LABELS: &[(Sense, &str)] = &[
    (
        Sense::Ssn,
        "her social,his social,last four of ssn,my social,numero de seguro social,patient ssn,s s n
        seguro social,social,soc sec,soc security number,social insurance security,social is,social number
        social sec,social security,social security card,socialsecurity,socialsecurityno,socialsecuritynumber
        socsec,ss,ssid number,ssn,ssns,ssnum,us ssn,ssnnum,ssn tin,ssn itin,ptssn,pt ssn,emp ssn,ee ssn
        member ssn,mbr ssn,spouse ssn,taxpayer ssn,borrower ssn,sosec,num seguro social",
    ),
    (
        Sense::Itin,
        "i t i n,individual tax id,individual taxpayer id,individual taxpayer identification number,itin
        tax itin,itinno,indiv taxpayer id,indiv tax id,individual taxpayer no,individual taxpayer number
        irs itin,individual tax number",
    ),
    (
        Sense::Ein,
        "e i n,ein,employer id,employer identification number,employer number,employer tax id,fed id no
        federal ein,federal employer identification number,federal id number,federal tax number,fein,einno
        einnum,fed ein,fed tax id,fed tax no,fed id,employer ein,business ein,company ein,federal id no
        federal employer id,federal employer no,employer identification,employer tax no,emp id fed,irs no
        irs ein,irs employer id,employeridentificationnumber",
    ),
    (
        Sense::TaxId,
        "federal tax id,tax id,tax identification,tax payer id,taxid,taxpayer id,taxpayer identification,tin
        tax no,tax number,tax payer no,taxpayer no,taxpayer number,taxpayerid,tax ident no,tax ref",
    ),
    (
        Sense::Passport,
        "numero de pasaporte,numero de passeport,pasaporte,passaporto,passeport,passport,passport book
        passport card number,passportnumber,pp no,ppt no,reisepass,reisepassnummer,travel document,pasport
        passporte,pasaport,passaporte,numero do passaporte,numero passaporto,no passeport,num passeport
        n de passeport,ppt,passnummer,passeport numero,pasaporte numero,psprt,passport doc",
    ),
    (
        Sense::License,
        "bar number,carnet de conducir,cdl number,certificate number,cpa license,d l,dl nbr,dl no,dl num
        dl number,dln,driver lic,driver licence,driver license,driver s lic,driverlicense,driverlicensenumber
        drivers lic,drivers licence,drivers license,driverslicense,driving licence,driving license
        driving permit,drv lic,fuhrerschein,fuhrerscheinnummer,learner permit,lic no,licence no
        licence number,licencia de conducir,license id,license no,license number,licensenumber
        medical license,numero de licencia,nurse license,nursing license,oln,operator license
        operator s license,operators license,permis de conduire,permiso de conducir,physician license
        professional license,real id,rn license,state id,state license number,teaching license,lic nbr
        lic num,licno,licnum,lic id,license nbr,license num,licence num,licence nbr,licence id,dl id,dlno
        dlnum,dl state no,drv license,driver id,driving lic,dr lic,cnh,carteira de motorista,numero da cnh
        permis,numero de permis,patente,patente di guida,numero patente,fuhrerscheinnr,rijbewijs
        rijbewijsnummer,licencia,nursing lic,rn lic,md license,md lic,medical lic,state bar no
        state bar number,bar no,bar id,bar card number,pilot license,pilot certificate,contractor license
        cosmetology license,real estate license,teacher certificate,notary commission,pharmacist license
        dental license,cpa no,cpa lic,ccw permit",
    ),
    (
        Sense::LicenseWeak,
        "cdl,dl,licence,license",
    ),
    (
        Sense::Email,
        "contact email,correo,correo electronico,e mail,e mail address,e mail id,electronic mail,email
        email addr,email address,email id,emailaddress,gmail,mail,mail address,mail id,e mail addr,emailaddr
        correo e,email adr,mailadresse,adresse mail,adresse e mail,indirizzo email,courriel,endereco de email",
    ),
    (
        Sense::Phone,
        "alt phone,alternate phone,call back number,callback,cell,cell phone,cellnumber,cellphone,cellulare
        contact no,contact num,contact number,contact phone,daytime phone,direct line
        emergency contact number,emergency phone,evening phone,fax,faxnumber,gsm,guardian phone,handy
        handynummer,home phone,home tel,homephone,landline,mob,mobile,mobile phone,mobilenumber,mobilephone
        movil,numero de telefono,numero de telephone,office phone,pager,patient phone,ph,phn,phone,phone cell
        phone contact,phone home,phone mobile,phone work,phonenumber,portable,rufnummer,signal number,sms,tel
        telefon,telefonnr,telefonnummer,telefono,telephone,telephonenumber,tty,viber,whatsapp,work phone
        work tel,workphone,pat ph,pt ph,pt phone,pat phone,cell ph,phoneno,phonenum,telno,telnum,mobiltelefon
        handynr,festnetz,telefone,celular,numero de celular,num tel,numero tel,no tel,n tel,home ph,wk ph
        work ph,hm ph,hm phone,wk phone,day phone,eve phone,emerg ph,emerg phone,emergency ph,contact ph
        call back no,faxno,telefax,next of kin phone,nok phone,nok tel,cel,msisdn",
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
        verification code on the card,verification value,codigo de seguridad,codigo de seguranca
        code de securite,cryptogramme,cryptogramme visuel,prufziffer,kartenprufnummer,kartenprufziffer
        codice di sicurezza,codigo cvv,sec code,card cvv,cvv2,cvc2,3 digit code,security no,verification no
        cv2",
    ),
    (
        Sense::Iban,
        "iban,iban account,iban nummer,international bank account number,ibanno,numero iban,numero de iban
        n iban,iban del beneficiario,iban du beneficiaire,cuenta iban,konto iban,debtor iban,creditor iban
        payee iban,sender iban,recipient iban,refund iban",
    ),
    (
        Sense::Account,
        "a c no,a c num,a c number,acc no,acc number,account ending,account holder number,account nbr
        account no,account nr,account num,account num ber,account number,account number ending
        account numbers,accountno,accountnumber,acct,acctno,acctnum,annuity number,bank acc,bank account
        bank acct,bankaccount,bankaccountnumber,brokerage account,brokerage acct,checking,checking account
        checking acct,conta,credit account,credit card account,cuenta,customer account number,dda
        deposit account,direct deposit account,escrow account,financial account,investment account
        ira account,konto nr,kontonr,kontonummer,loan account,loan acct,loan no,loan number,mortgage account
        mortgage loan number,numero conto,numero de compte,numero de cuenta,patient account
        retirement account,routing and account,savings,savings account,savings acct,trust account
        conta corrente,conta poupanca,numero da conta,conta numero,cuenta corriente,cuenta de ahorros
        cuenta bancaria,numero de la cuenta,girokonto,compte courant,compte bancaire,no compte,num compte
        n de compte,kontonum,conto corrente,dep acct,deposit acct,chk acct,chkg acct,sav acct,bank a c
        bank ac,bnk acct,acctnbr,acc num,acc nbr,ac no,ac number,account no ending,payee account
        beneficiary account,debit account,dda acct,payout account,refund account,brokerage no,roth ira
        ira acct,ira no,401k account,401k acct,hsa account,hsa acct,mortgage no,mortgage acct
        card account number,custodial account,acct ending,dd account,direct deposit acct,kto,account nr iban",
    ),
    (
        Sense::AccountWeak,
        "a c,account",
    ),
    (
        Sense::Routing,
        "aba,aba routing,aba rtn,ach routing,bank routing,direct deposit routing,fedwire routing,routing
        routing aba,routing num ber,routing transit no,routing transit number,routingnumber,rt number,rtn
        transit no,transit number,transit routing number,wire routing number,rtng,rtg,rout no,rt no,bank aba
        transit routing,routing number aba,rtn aba,ach rtn,wire aba",
    ),
    (
        Sense::SortCode,
        "bsb,sort code,sortcode,sort cd,s code,sc no,bank sort code",
    ),
    (
        Sense::Wallet,
        "ada address,bitcoin,bitcoin address,bitcoin wallet,btc,btc address,btc wallet,cardano address,crypto
        crypto account,crypto address,crypto wallet,deposit address,doge address,dogecoin,eth,eth address
        eth wallet,ethereum,ethereum address,ledger address,litecoin,ltc,ltc address,monero,monero address
        payout address,ripple address,sol address,solana,solana address,solana wallet,tron address
        trx address,usdt address,wallet,wallet addr,wallet address,xlm address,xmr,xmr address,xrp address
        btc addr,bitcoin addr,eth addr,ethereum wallet,ltc wallet,litecoin address,doge wallet
        dogecoin address,xrp wallet,ripple wallet,solana addr,sol wallet,trx wallet,tron wallet,usdt wallet
        usdc address,usdc wallet,xmr wallet,monero wallet,ada wallet,bnb address,crypto addr
        crypto payout address,metamask address,metamask wallet,receiving address,withdrawal address
        cold wallet,hot wallet,wallet adresse,direccion de wallet,direccion bitcoin,adresse bitcoin
        bitcoin adresse,carteira bitcoin",
    ),
    (
        Sense::Mrn,
        "cartella clinica,case notes number,chart,clinic number,dossier patient,ehr id,empi,emr id,emr number
        emrn,fin nbr,health record number,historia clinica,hn,hosp no,hosp number,hospital id,hospital no
        hospital number,hospital record number,m r n,med rec,med record,medcial record number,medical id
        medical rec no,medical record,medical records number,medical recrod number,medicalrecordno
        medicalrecordnumber,mr no,mr number,mrn,mrno,mrns,mrnumber,numero de dossier
        numero de historia clinica,patient account no,patient chart,patient code,patient file,patient id
        patient identifier,patient index number,patient mrn,patient no,patient num,patient number
        patient record,patient ref,patient uid,patienten id,patienten nr,patientennummer,patientid
        patientnumber,pt id,pt no,pt number,record no,umrn,ur number,urn,pat mrn,pt mrn,medrecno,medrecnum
        mr nbr,mr num,mrnum,pat id,patid,pat no,pat num,pat nbr,ptid,pt num,pt nbr,patient nbr,patient ident
        chartno,emr no,ehr no,hosp mrn,hospital mrn,unit record,hist no,hist clinica,nhc,numero historia
        num historia,no dossier,numero dossier,n dossier,fallnummer,pat nr,krankenakte,prontuario
        numero do prontuario,cartella,numero cartella,ipp,ird patient,case notes no,health record no
        medicalrecord",
    ),
    (
        Sense::Plan,
        "aetna member id,bcbs id,bcbs member id,beneficiary id,beneficiary number,cardholder id,champva id
        cin number,coverage id,coverage number,dod benefits number,enrollee id,group id,group no,group num
        group number,grp no,grp number,health card number,health ins id,health insurance id
        health insurance number,health plan,health plan beneficiary number,health plan member id
        healthcare id,hicn,ins id,ins policy,insurance card,insurance id,insurance member id
        insurance member number,insurance no,insurance num,insurance number,insurance plan id
        insurance policy,insuranceid,insured id,krankenversichertennummer,medi cal id,medi cal number
        medicaid,medical insurance number,member,member identification,memberid,membership id
        membership number,numero de afiliado,numero de poliza,payer id,plan beneficiary number,plan id
        plan member id,plan number,policy,policy holder id,policyid,policynumber,rx bin,rx group,rxbin,rxgrp
        subscriber,subscriberid,tricare id,versichertennummer,mbr id,mbr no,mbr num,mbr nbr,mem id,mem no
        memb id,memb no,subscr id,subscr no,pol no,pol num,pol nbr,policynum,policyno,plan mbr id,plan no
        ins mbr id,ins member id,ins mbr no,insurance mbr,insurance member,insurance subscriber,hp id,hpid
        hmo id,ppo id,payer member id,payor id,payor member id,enrollee no,enrollee number
        medicaid recipient id,cardholder no,rx member id,rx mbr,rx id,rxid,pcn no,grp id,grp num,grp nbr
        group nbr,groupno,dental member id,dental id,vision member id,vsp id,versicherten nr,versichertennr
        krankenkasse nr,kvnr,numero mutuelle,numero adherent,no adherent,numero d adherent,numero de socio
        numero do beneficiario,carteirinha,tessera sanitaria,cobra id,blue cross id,kaiser id,kaiser mrn
        humana id,cigna id,uhc id,uhc member id",
    ),
    (
        Sense::Mbi,
        "hic no,hic number,mbi,medicare,medicare bene id,medicare beneficiary id
        medicare beneficiary identifier,medicare beneficiary number,medicare card,medicare claim number
        medicare identifier,medicare mbi,mcare id,mcare no,mcr id,mcr no,medicare hic",
    ),
    (
        Sense::Npi,
        "billing npi,individual npi,n p i,national provider id,national provider identifier
        national provider number,npi,npinumber,provider npi,rendering npi,npino,npinum,attending npi
        referring npi,prescriber npi,ordering npi,group npi,facility npi,pharmacy npi,rend npi,ref npi
        bill npi,nat provider id,natl provider id,national prov id",
    ),
    (
        Sense::Dea,
        "d e a,dea,dea lic,dea license,dea reg,dea registrant,dea registration,deanumber,deano,deanum,dea cert
        dea certificate,prescriber dea,provider dea,physician dea",
    ),
    (
        Sense::Admin,
        "accession,accessionnumber,admission id,admission number,auth code,auth no,auth num,auth number
        authorization no,authorization number,birth certificate,case id,case mgmt number,claim
        claim control no,claim control number,claim ref,claim reference,claimnumber,clinical trial id
        contact serial number,csn,death certificate,encounter,encounterid,eob number,episode number
        explanation of benefits number,financial number,har number,icn,lab accession,lab id,lab number
        lab order,order accession,pathology number,pre auth,pre authorization,pre certification number
        preauth,preauthorization number,precert,prescription,prior auth,prior authorization,referral
        requisition number,rx,sample id,script number,specimen,study id,study subject,subject id
        trial subject,visit account number,visit id,visit no,visit number,enc id,enc no,enc num,enc nbr
        encntr id,har,adm no,adm id,adm num,admit id,admission no,visit num,visit nbr,vst id,clm id,clm no
        clm num,clmno,claimid,claimno,auth id,auth nbr,authno,authorization id,authorization num
        authorization nbr,authorization code,priorauth,priorauthnumber,accn,accessionno,spec id,sample no
        sample nbr,sample barcode,requisition,rxnumber,rxno,script no,script num,subject no,participant id
        randomization number,screening number,eob no,eob id",
    ),
    (
        Sense::Dob,
        "b date,b day,bdate,bday,birth,birth date,birth date time,birth day,birth dt,birthdate,birthdate is
        birthday,birthdt,born on,d o b,data de nascimento,data di nascita,date de naissance,date naissance
        date of birth,date of bith,date of brith,date ofbirth,dateof birth,dateofbirth,dateofbith
        day of birth,dob,dobs,fecha de nacimiento,fecha nac,fecha nacimiento,geb,geb am,geboortedatum,geboren
        geboren am,geburtsdatum,nacida el,nacido el,nacimiento,naissance,nascimento,nata il,nato il,ne le
        nee le,patient dob,data de nasc,data nasc,data nascimento,data nascita,dt nasc,dt nascimento,fec nac
        fech nac,fecha de nac,f nac,f nacimiento,ddn,ne e le,geburtstag,geb dat,gebdat,geburtsdat,geboortedat
        birth dat,pat dob,ptdob,pt dob,mbr dob,dobdt,dob dt,dt of birth,dt birth,date birth,birthdat,dateofb
        spouse dob,child dob,member dob,subscriber dob,insured dob,dobirth,date o birth,brth dt,brthdt
        birth d,dte of birth",
    ),
    (
        Sense::Born,
        "born,dob is,was born",
    ),
    (
        Sense::Care,
        "adm date,admission date,admission dt,admissiondate,admit date,admit dt,admitted,admitted from
        admitted on,admitted to hospital on,appointment date,appointment on,appt date,aufnahmedatum
        collection date,consult date,d c date,d c on,date admitted,date collected,date d admission
        date deceased,date discharged,date of accident,date of admission,date of appointment
        date of birth of child,date of collection,date of consult,date of d c,date of death,date of delivery
        date of diagnosis,date of discharge,date of encounter,date of exam,date of hospitalization
        date of implant,date of injury,date of onset,date of operation,date of procedure,date of service
        date of surgery,date of transfer,date of treatment,date of vaccination,date of visit,dateofdeath
        dateofservice,dates of service,datum der aufnahme,dc date,death date,deceased date,deceased on
        delivery date,diagnosed on,diagnosis date,died on,disch date,discharge date,discharge dt,discharged
        discharged on,dischargedate,dod,dos,edd,encounter date,entlassungsdatum,exam date,fecha de alta
        fecha de ingreso,follow up date,hospitalized on,immunization date,implant date,injury date,last seen
        last visit,lmp,onset date,op date,operation date,passed away on,procedure date,procedure on
        procedure performed on,seen on,service date,service dates,service from,servicedate,specimen collected
        specimen collection date,surgery date,surgery on,surgery scheduled for,transfer date,transplant date
        treatment date,vaccination date,visit date,was admitted on,was discharged on,svc dt,svc date,svc from
        svc thru,svc to,service dt,serv date,srv dt,srv date,serv dt,dt of svc,dos from,dos thru,dos to
        from dos,adm dt,admdt,admit dttm,adm dttm,dsch dt,dsch date,disch dt,dischg dt,dischg date,dis date
        dc dt,discharge dttm,dt of service,dt of admission,dt of discharge,dt of death,deathdt,death dt
        dod dt,procedure dt,surg date,surg dt,surgery dt,appt dt,appt on,appointment dt,enc date,enc dt
        encounter dt,visit dt,vst dt,onset dt,onset of symptoms,dx date,dx dt,diag date,admission day
        discharge day,hospital admission,admitted since,op dt,immunized on,vaccinated on,vax date
        vaccine date,imm date,last menstrual period,datum entlassung,entlassen am,aufgenommen am,aufnahme am
        op datum,operationsdatum,todesdatum,gestorben am,sterbedatum,date d hospitalisation,date de deces
        date de sortie,date d entree,date d intervention,date d operation,decede le,hospitalise le
        fecha de defuncion,fecha de fallecimiento,fecha de consulta,fecha de cirugia,fecha cirugia
        fecha de cita,fecha ingreso,fecha alta,ingreso el,alta el,data de internacao,data de alta
        data da alta,data do obito,data da consulta,data di ricovero,data ricovero,data dimissione
        data di dimissione,data decesso,datum opname,date last seen,date of last visit,transplant dt
        implanted on,date implanted,date of passing",
    ),
    (
        Sense::Age,
        "age,age at death,age in years,age y,age years,age yrs,aged,ageyears,alter,current age,edad
        patient age,pt age,pat age,age at visit,age at dx,age at diagnosis,age at admission,age at encounter
        edad del paciente,idade,eta,leeftijd,patientenalter,alter jahre,age du patient,member age,mbr age
        age now,ageinyears,ageatdeath,ageatvisit,client age,insured age",
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
        father s name,first name,firstname,full name,fullname,given name,given value,grantee,grantor
        guarantor,guarantor name,guardian,guardian name,her name is,his name is,holder name,i am called
        insured,insured name,known as,landlord,last name,lastname,legal guardian,legal name,lessee,lessor
        maiden name,member full name,member name,middle name,minor name,mother maiden name,mother name
        mother s maiden name,mother s name,mothers maiden name,my full name is,my name is,nachname
        name des patienten,name is,name of client,name of insured,name of minor,name of patient
        name of the client,name of the minor,name of the patient,name on account,name on card,name on ticket
        passenger name,traveler name,traveller name,guest name,next of kin,next of kin name,nom complet
        nom de famille,nom du patient,nombre,nombre completo,nombre del paciente,nombre paciente,notary
        ordering physician,ordering provider,parent guardian,parent name,patient full name,patient is
        patient name,patient nm,patient s name,patientenname,patientname,patients name,payee name,pcp
        physician,physician name,plaintiff name,policy holder,policyholder,policyholder name,prenom
        primary care physician,primary insured,provider,provider name,pt name,recipient name,referred by
        referring physician,reporting party,resident name,responsible party,seen by,seller,ship to,signed by
        spouse,spouse is,spouse name,student name,subject name,subscriber name,surgeon,surname
        surname and name,taxpayer name,teacher name,tenant name,their name is,trustee,trustee name
        user full name,victim name,vorname,witness name,pat nm,pt nm,pat name,mbr nm,mbr name,subscr name
        subscr nm,last nm,first nm,lname,fname,lastnm,firstnm,l name,f name,forename,fore name,given names
        givenname,familyname,middlename,proprietor,owner name,homeowner name,emerg contact
        emergency contact person,bene name,benef name,beneficiary nm,creditor name,apellidos,nome completo
        nome do paciente,nome del paziente,nombre y apellidos,nom et prenom,nom prenom,name vorname
        vor und nachname,kontoinhaber,karteninhaber,versicherter,versicherungsnehmer,titulaire
        titulaire du compte,titular de la cuenta,titular da conta,intestatario,beneficiaire,debiteur
        beneficiario,begunstigter,me llamo,mi nombre es,mein name ist,ich heisse,je m appelle,mon nom est
        meu nome e,mi chiamo,il mio nome e,caller name,cust name,cust nm,cust full name,emp name,emp nm
        ee name,student full name,child s name,son s name,daughter s name,wife s name,husband s name
        spouse s name,patient legal name,legal first name,legal last name,preferred name,birth name
        geburtsname,attending provider,attending md,referring md,referring provider,rendering provider name
        provider nm,prescriber,prescriber name,prescribing physician,surgeon name,nurse name,driver name
        holder s name,cardholder s name,name on the card,name on policy,name on passport
        account holder s name,sender name,payer name,beneficial owner,ultimate beneficial owner,signatory
        signatory name,guarantor nm,resp party,contact nm,deponent name,petitioner name,respondent name
        claimant full name,grantor name,grantee name",
    ),
    (
        Sense::NameWeak,
        "name,names,nm,nom,nome,caller,fn,this is,i m,im,spoke with,spoke to,speaking with,speak to,re,regarding
        on behalf of,behalf of,sincerely,regards,best regards,kind regards,thanks,cheers,signed,from,to,cc
        c o,hi,hello,dear,met with,wife,husband,naam,titular,nominee,sender,recipient,signer,guest,driver
        passenger,student,parent,mother,father,son,daughter,brother,sister",
    ),
    (
        Sense::NamePart,
        "family,given,fore,sur,pt last,pt first,pat last,pat first,patient last,patient first,mbr last
        mbr first,member last,member first,emp last,emp first",
    ),
    (
        Sense::Role,
        "taxpayer,pax,applicant,beneficiary,borrower,claimant,client,co defendant,customer,debtor,decedent
        defendant,deponent,employee,i am,minor,my client,my patient,our client,our customer,our patient
        patient,petitioner,plaintiff,pt,resident,respondent,tenant,testator,veteran,victim,witness",
    ),
    (
        Sense::Title,
        "senora,senor,signora,signore,senhora,senhor,monsieur,madame,capt,doctor,dr,frau,herr,hon,judge,miss,mme,mr,mrs,ms,mx,nurse,prof,professor,rev,reverend,sgt,sr,sra",
    ),
    (
        Sense::Address,
        "addr,address,address line,address of,addressline,adres,adresse,anschrift,billing address
        current address,direccion,domicilio,endereco,home add,home addr,home address,home is,homeaddress
        house at,indirizzo,live at,live on,lived at,lived on,lives at,lives on,living address,living at
        living on,located at,located on,mail to,mailing addr,mailing address,moved to,my address
        my address is,patient address,permanent address,postal address,property address,reside at,residence
        residential addr,residential address,resides at,resides in,resides on,residing at,residing in
        service address,ship to address,shipping address,street,street address,streetaddress,wohnhaft
        wohnhaft in,adr,pat addr,pt addr,pt address,pat address,mbr addr,member address,street addr,st addr
        addr line,addrline,addressline1,addr1,address1,addr 1,mail addr,mailing adr,billing addr,ship addr
        shipping addr,home street,res addr,res address,resid addr,domicile,domicilio fiscal,residenza
        residente in,residente en,morada,habite,habite au,j habite,j habite au,demeurant,adresse postale
        adresse de facturation,rechnungsadresse,lieferadresse,wohnadresse,wohnt in,wohnt,wohne in
        postanschrift,strasse und hausnummer,strasse,straat,woonadres,adres zamieszkania,direccion de envio
        direccion de facturacion,logradouro,service addr,prop addr,subject property,property addr
        premises address,my house is at,our house is at,delivery address,deliver to,pickup address
        pick her up at,pick him up at",
    ),
    (
        Sense::Zip,
        "cap code,code postal,codigo postal,plz,post code,postal code,postalcode,postcode,postleitzahl,zip
        zip plus four,zip postal,zipcode,zip cd,zip4,zip 4,postcd,post cd,postal cd,cod postal,post nr
        pin code,pincode",
    ),
    (
        Sense::Vin,
        "car vin,chassis,fahrgestellnummer,fin nummer,frame number,numero de chasis,v i n,vehicle id
        vehicle identification,vehicle vin,vin,vinnumber,vinno,vehicle ident no,veh id,veh vin,fgstnr
        fahrgestell nr,telaio,numero telaio,numero di telaio,chassi,numero do chassi,bastidor
        numero de bastidor,numero de chassis,vehicle serial number",
    ),
    (
        Sense::Plate,
        "car plate,car plates,car reg,car registration,car tag,immatriculation,kennzeichen,lic plate
        licence plate,license plate,license plates,license tag,licenseplate,matricula,number plate
        nummernschild,plaque,plaque d immatriculation,plate,plates,reg number,reg plate,registered plate
        registration number,registration plate,rego,tag no,tag number,targa,vehicle license plate
        vehicle plate,vehicle plates,vehicle reg,vehicle registration,vehicle tag,vrm,vrn,plateno,platenum
        lpn,tag nbr,veh plate,veh reg,reg mark,registration mark,kfz kennzeichen,kfz kz,amtliches kennzeichen
        placa,placas,placa do carro,numero de placa,numero placa,immat,numero d immatriculation,targa auto
        numero targa,kenteken,nummerplade",
    ),
    (
        Sense::Device,
        "ad id,advertising id,android id,cgm serial,cpap serial,defibrillator serial,device id
        device identifier,device imei,device number,device ser no,device serial,device sn,device uid
        device uuid,deviceid,esn,gaid,generator serial,glucometer serial,hardware id,hearing aid serial,iccid
        idfa,imei,imeisv,implant id,implant serial,implant sn,imsi,insulin pump serial,lead serial,lot number
        mac id number,meid,pacemaker,pacemaker serial,pump serial,pump sn,s n,serial,serialno,serialnumber,sn
        udi,udid,unique device identifier,ventilator serial,watch serial,seriennummer,seriennr,serien nr
        numero de serie,num serie,no serie,n de serie,numero di serie,num de serie,serienummer,ser no,ser num
        ser nbr,serno,sernum,dev id,dev serial,dev sn,device ser,meter serial,meter sn,monitor serial
        monitor sn,cgm sn,cgm transmitter,transmitter id,transmitter sn,transmitter serial,sensor serial
        sensor sn,cpap sn,vent sn,ventilator sn,icd serial,icd sn,implant ser no,implant lot,generator sn
        hearing aid sn,wheelchair serial,prosthesis serial,udi di,udi pi,lot no implant,aaid,gps id,gps adid
        vendor id idfv,idfv,adid,maid,phone imei,handset imei,watch sn,pump ser no,pump id,insulin pump sn",
    ),
    (
        Sense::Ip,
        "cf connecting ip,client addr,client address,client ip,clientaddr,clientip,connecting ip,device ip
        dst ip,forwarded for,host ip,ip,ip addr,ip address,ip addresses,ipaddress,last login ip
        logged in from,logged in from ip,login from,login ip,patient ip,peer addr,remote addr,remote host
        remote ip,source ip,src,src ip,srcip,true client ip,user ip,x forwarded for,x real ip,ipaddr
        user ip addr,visitor ip,caller ip,customer ip,patient ip addr,member ip,origin ip,signup ip
        sign up ip,registration ip,adresse ip,direccion ip,ip adresse,indirizzo ip,endereco ip,last ip,lastip
        remoteip,sourceip,userip",
    ),
    (
        Sense::Mac,
        "bd addr,bluetooth address,bluetooth mac,bssid,bt addr,ether,ethernet address,ethernet mac
        hardware address,hw addr,hw address,hwaddr,lladdr,mac,mac addr,mac address,macaddress,wifi address
        wifi mac,macaddr,mac adr,wlan mac,wi fi mac,eth mac,lan mac,nic mac,hw mac,hwaddress,ble mac
        ble address,bt mac,bt address,device mac,client mac,station mac,adresse mac,mac adresse,direccion mac
        indirizzo mac",
    ),
    (
        Sense::Nhs,
        "national health service number,nhs,nhs identifier,nhs patient number,nhsnumber,nhsno,nhsnum,nhs pt no
        nhs patient no,n h s no,n h s number",
    ),
    (
        Sense::Nino,
        "nat ins no,nat ins number,nat insurance number,national ins no,national ins number,national insurance
        nationalinsurancenumber,ni,nino,nat ins,n i number,n i no,nat insurance,nationalinsuranceno
        nationalinsurance,natinsno,national ins",
    ),
    (
        Sense::National,
        "a number,aadhaar,aadhaar card,aadhar,aadhar card,abn,ahv,alien number,alien registration number
        ausweisnummer,badge number,bsn,burgerservicenummer,carta d identita,carte d identite,cedula,chi no
        chi number,cif,citizen id,clave unica,cnpj,codice fiscale,cpf,cpr number,cuil,cuit,curp,dni,docket id
        documento de identidad,emirates id,employee id,employee no,employee number,fin number nric
        fodselsnummer,gov id,government id,green card,health card,health number,henkilotunnus,hkid
        id card number,id nr,id number,identification no,identification number,identifikationsnummer
        identity card number,identity number,idnr,ihi,inmate number,insee,iqama,ird no,ird number
        medicare card no,medicare card number,military id,my number card,national id,national id card
        national identification number,national identity number,nationalid,nhi,nie,nif,nino de identidad,nir
        nric,nss,numero de identidad,numero de identificacion,numero de securite social
        numero de securite sociale,numero fiscal,numero ss,ohip,pan card,pan number,permanent account number
        permanent resident card,personal id,personal number,personalausweis,personalausweisnummer
        personnummer,pesel,pps no,pps number,ppsn,resident registration number,rfc,rrn,rut,sa id
        securite sociale,sin,social insurance no,social insurance number,sosialnummer
        sozialversicherungsnummer,steuer id,steuer idnr,steueridentifikationsnummer,steuernummer,student id
        student number,svnr,tax file no,tax file number,tckn,tfn,uidai,uin,uscis number,visa number,voter id
        nric fin,fin no,dni nie,numero de dni,numero dni,nro dni,n dni,dni numero,numero nif,numero nie
        numero do cpf,cpf cnpj,numero cpf,doc identidad,nro documento,num documento,numero de documento
        cedula de ciudadania,clave curp,rfc con homoclave,pan no,pan num,ration card no,bsn nummer
        burgerservicenr,personnr,person nr,cpr,fnr,fodselsnr,hetu,ahv nummer,ahvnr,avs,numero avs,no avs
        codice fisc,cod fiscale,cod fisc,carta identita,numero carta identita,numero secu,numero de secu
        n secu,secu,num secu,no secu,numero insee,numero de securite,sozialversicherungsnr,sv nr,sv nummer
        svnummer,rentenversicherungsnummer,rvnr,steuer nr,steuernr,steuerid,perso nr,ausweis nr,ausweisnr
        medicare australia,tax file,social ins no,social insurance num,ramq,hk id,chinese id,id card no
        id card num,identity card no,identity no,id doc no,identification card,citizen no,citizen number
        resident id,teudat zehut,mynumber,my number no,jumin,tc kimlik,kimlik no,national no,national number
        natl id,nat id,alien no,alien reg no,alien registration,uscis,i 94,visa no,visa num,student no
        student num,inmate no,prisoner number,prisoner no,military no,dod id,edipi,emp id,emp no,emp num
        emp nbr,empid,empno,ee id,ee no,ee num,employee nbr,employee num,employeeid,staff id,staff no
        payroll no,payroll number",
    ),
    (
        Sense::Other,
        "account ids,allowed account,account id,activation key,article,asin,aws account,batch,bill,booking,bug,build,bytes,case number
        catalog,chapter,checksum,claim that,claim to,commit,confirmation,coupon,cve,docket,doi,ean,epoch
        error,extension,figure,flight,guid,hash,id,invoice,isbn,issn,issue,item,license key,line,lines,lot
        model,nct,order,page,part,patent,pid number,pmid,po number,population,port,pr,process,product
        product key,promo code,purchase order,receipt,ref,reference,release,request id,rfc number,room,score
        section,serial port,session id,size,sku,status,statute,test case,ticket,timestamp,trace id,tracking
        transaction,upc,uuid,version,zip file,cluster ip,pod ip,service ip,node ip,private ip,internal ip
        load balancer ip,gateway ip,subnet,cidr",
    ),
];
